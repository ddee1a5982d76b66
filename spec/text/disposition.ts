import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fileName, formatAttachment } from "../../lib/text/disposition.js";

/** The name that a client of today saves under: RFC 6266 section 4.3 prefers the extended value. */
function savedAs(value: string): string | undefined {
  const [, extended] = /; filename\*=UTF-8''([\w!#$&+.^`|~%-]+)$/.exec(value) ?? [];
  if (extended !== undefined) return decodeURIComponent(extended);
  return /^attachment; filename="([^"\\%]+)"$/.exec(value)?.[1];
}

test("a name of plain characters stands in quotes", () => {
  assert.is(formatAttachment("report.pdf"), 'attachment; filename="report.pdf"');
  assert.is(formatAttachment("my report (2).pdf"), 'attachment; filename="my report (2).pdf"');
});

test("without a name it says attachment and no more", () => {
  for (const name of [undefined, "", "/", "a/", "\\", "\0\r\n", ".", "..", "../.."]) {
    assert.is(formatAttachment(name), "attachment");
  }
});

test("any other character is in the extended value, and has a stand-in in the plain one", () => {
  assert.is(
    formatAttachment("Bericht über 2026.pdf"),
    "attachment; filename=\"Bericht _ber 2026.pdf\"; filename*=UTF-8''Bericht%20%C3%BCber%202026.pdf",
  );
  assert.is(formatAttachment("🙂.txt"), "attachment; filename=\"_.txt\"; filename*=UTF-8''%F0%9F%99%82.txt");
});

test("quotes and percent signs are left to the extended value", () => {
  assert.is(
    formatAttachment('a"b%41.txt'),
    "attachment; filename=\"a_b_41.txt\"; filename*=UTF-8''a%22b%2541.txt",
  );
});

test("characters that an extended value may not have are encoded", () => {
  assert.is(
    formatAttachment("é*'().txt"),
    "attachment; filename=\"_*'().txt\"; filename*=UTF-8''%C3%A9%2A%27%28%29.txt",
  );
});

test("a path is left out, whatever its slashes", () => {
  for (const path of ["/etc/a.txt", "..\\..\\a.txt", "C:\\dir/a.txt", "a/b\\a.txt"]) {
    assert.is(formatAttachment(path), 'attachment; filename="a.txt"');
  }
  assert.is(formatAttachment("..hidden"), 'attachment; filename="..hidden"');
});

test("control characters are left out, so nothing can be added to the head", () => {
  assert.is(
    formatAttachment("a\r\nset-cookie: b=1\u0000\u007f\u0085.txt"),
    'attachment; filename="aset-cookie: b=1.txt"',
  );
});

test("half a character becomes a replacement character", () => {
  assert.is(formatAttachment("\ud83d.txt"), "attachment; filename=\"_.txt\"; filename*=UTF-8''%EF%BF%BD.txt");
});

test("what is encoded decodes to the name, for any name", () => {
  const name = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.string());
  fc.assert(
    fc.property(name, (name) => {
      const value = formatAttachment(name);
      assert.match(
        value,
        /^attachment(; filename="[ !#$&-[\]-~]+"(; filename\*=UTF-8''[\w!#$&+.^`|~%-]+)?)?$/,
      );
      assert.is(savedAs(value) ?? "", /^\.*$/.test(fileName(name)) ? "" : fileName(name));
    }),
    { numRuns: 500 },
  );
});

test("a long name is no work", () => {
  const name = `${"\\\"'%é".repeat(50_000)}.txt`;
  assert.ok(formatAttachment(name).startsWith("attachment; filename="));
});

test.run();
