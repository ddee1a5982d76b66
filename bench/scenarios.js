/**
 * What is measured: each scenario is a path, and the answer that every contender has to give to it. `login` is
 * asked first, and its cookie is sent along. The servers in servers/ have a part for each name.
 */
export const scenarios = [
  { name: "hello", path: "/", body: /^Hello$/ },
  { name: "param", path: "/thing-199/42", body: /^42$/ },
  {
    name: "decorators",
    path: "/",
    body: /^Hello$/,
    headers: { "cache-control": "max-age=3600, must-revalidate", "x-frame-options": "DENY" },
  },
  { name: "session-read", login: "/login", path: "/", body: /^Hello Ada$/ },
  { name: "session-write", login: "/login", path: "/count", body: /^\d+$/ },
];
