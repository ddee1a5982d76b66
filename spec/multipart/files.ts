import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withMultipart } from "../../lib/middleware/multipart.js";
import type { Upload } from "../../lib/types.js";
import { cat, done, failure, form, left, post, read, root, soon, watch } from "../house/forms.js";

watch(test);

test("temporary files are private, in a folder of the request, under names that are not the client's", async () => {
  await withMultipart()(({ multipartParams = {} }) => {
    const [one, two] = multipartParams.photo as Upload[];
    assert.is(dirname(one!.path), dirname(two!.path));
    assert.is(dirname(dirname(one!.path)), root());
    assert.is.not(one!.path, two!.path);
    assert.not.match(one!.path, /cat/);
    assert.is(statSync(one!.path).mode & 0o777, 0o600);
    assert.is(statSync(dirname(one!.path)).mode & 0o777, 0o700);
    return done;
  })(post(form(cat, cat)));
});

test("no folder is made for a form without files", async () => {
  await withMultipart()(() => {
    assert.equal(left(), []);
    return done;
  })(post(form({ name: "a", content: "1" })));
});

test("a folder of temporary files that cannot be written to is an error of the server", async () => {
  process.env.TMPDIR = join(root(), "missing");
  try {
    const error = await failure(read(form(cat, cat)));
    assert.is(error.status, undefined);
    assert.match(error.message, /ENOENT/);
  } finally {
    process.env.TMPDIR = root();
  }
});

test("files that are still being written when the form fails are removed", async () => {
  const files = Array.from({ length: 100 }, () => ({ ...cat, content: "x".repeat(1000) }));
  for (let i = 0; i < 10; i++) {
    const error = await failure(read(form(...files, {}, {}), { maxFiles: 100, maxFields: 1 }));
    assert.is(error.status, 413);
    assert.equal(left(), []);
  }
});

test("files that cannot be removed harm nobody", async () => {
  const away = `${root()}-away`;
  const handler = withMultipart()(() => {
    renameSync(root(), away);
    writeFileSync(root(), "no folder");
    return done;
  });
  try {
    assert.is(await soon(handler(post(form(cat)))), done);
  } finally {
    rmSync(root());
    renameSync(away, root());
  }
  for (const name of left()) rmSync(join(root(), name), { recursive: true });
});

test.run();
