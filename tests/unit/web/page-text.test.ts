import { expect, test } from "bun:test";
import { pageText } from "../../../src/web/page-text.ts";

const AT = "https://example.com/a/b";

test("a page is what a reader reads, as Markdown", () => {
  const { title, text } = pageText(
    `<html><head><title> Pears &amp; more </title><style>p{}</style></head><body>
     <nav><a href="/">Home</a></nav>
     <h1>Pears</h1><p>They are <b>green</b>,<br>mostly. See <a href="../c">the list</a>.</p>
     <ul><li>one<li>two <ol><li>inner</ol></ul>
     <pre>let  a = 1;\n  b();</pre><p>Use <code>b()</code>.</p>
     <table><tr><th>Name<th>Price<tr><td>Pear<td>2</table>
     <img src=x alt="a pear"><script>alert(1)</script><footer>2026</footer></body></html>`,
    AT,
  );

  expect(title).toBe("Pears & more");
  expect(text).toBe(
    [
      "# Pears",
      "",
      "They are green,",
      "mostly. See [the list](https://example.com/c).",
      "",
      "- one",
      "- two",
      "",
      "  1. inner",
      "",
      "```",
      "let  a = 1;\n  b();",
      "```",
      "",
      "Use `b()`.",
      "",
      "Name | Price |",
      "Pear | 2 |",
      "",
      "[picture: a pear]",
    ].join("\n"),
  );
});

test("of a page with a main part, that is the page", () => {
  const { text } = pageText(`<div>Cookies?</div><main><p>${"The text. ".repeat(30)}</p></main><div>More</div>`, AT);

  expect(text).toBe("The text. ".repeat(30).trim());
});

test("what is hidden is not read, and addresses that are no pages are no links", () => {
  const { text } = pageText(
    `<p>a<span hidden>b</span><span style="display: none">c</span><input hidden><i aria-hidden="true">d</i>e
     <a href="javascript:x()">f</a> <a href="#top">g</a> <a href="https://x.example/">h</a></p>`,
    AT,
  );

  expect(text).toBe("ae f g [h](https://x.example/)");
});

test("a page of a hundred thousand parts in each other is read all the same", () => {
  const deep = "<div>".repeat(100_000);

  expect(pageText(`${deep}inside`, AT).text).toBe("inside");
});
