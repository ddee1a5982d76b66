import { test } from "uvu";
import * as assert from "uvu/assert";
import { acceptedEncoding, acceptedType } from "../../lib/text/accept.js";

test("the media type that the client likes best is taken", () => {
  const offered = ["application/json", "text/html"];
  assert.is(acceptedType("application/json;q=0.5, text/html", offered), "text/html");
  assert.is(acceptedType("application/*", offered), "application/json");
});

test("among equals the first is taken, also where the client does not say", () => {
  assert.is(acceptedType("*/*", ["text/plain", "text/html"]), "text/plain");
  assert.is(acceptedType(undefined, ["text/plain", "text/html"]), "text/plain");
});

test("where the client accepts none of them, there is none", () => {
  assert.is(acceptedType("image/png", ["text/html"]), undefined);
});

test("the coding that the client likes best is taken, and among equals the first that is offered", () => {
  assert.is(acceptedEncoding("gzip, br", ["br", "gzip"]), "br");
  assert.is(acceptedEncoding("gzip, br;q=0.5", ["br", "gzip"]), "gzip");
  assert.is(acceptedEncoding("*", ["br", "gzip"]), "br");
});

test("without a wish, and with one that is not offered, nothing is encoded", () => {
  assert.is(acceptedEncoding(undefined, ["br", "gzip"]), "identity");
  assert.is(acceptedEncoding("zstd", ["br", "gzip"]), "identity");
  assert.is(acceptedEncoding("br;q=0", ["br"]), "identity");
});

test("a client may refuse even what is not encoded", () => {
  assert.is(acceptedEncoding("identity;q=0", ["br"]), undefined);
});

test("a malformed field hurts nobody", () => {
  assert.is(acceptedType(";;,/,q=", ["text/html"]), undefined);
  assert.is(acceptedEncoding(";;,q=", ["gzip"]), "identity");
});

test.run();
