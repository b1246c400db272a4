// NextAuth 4 as an API route of Next.js calls it, without Next.js.

import cookie from "cookie";
import NextAuthModule from "next-auth";
import CredentialsModule from "next-auth/providers/credentials";
import { getToken } from "next-auth/jwt";
import { adminStats, authorize, callbacks, readBody, secret, sendJson, start } from "./server.mjs";

// Both are CommonJS with a default export.
const NextAuth = NextAuthModule.default ?? NextAuthModule;
const Credentials = CredentialsModule.default ?? CredentialsModule;

const options = {
  secret,
  session: { strategy: "jwt" },
  providers: [
    Credentials({
      credentials: { email: { label: "Email", type: "email" }, password: { label: "Mot de passe", type: "password" } },
      authorize,
    }),
  ],
  callbacks,
  logger: { error: (code, detail) => console.error(code, detail?.message ?? ""), warn() {}, debug() {} },
};

start(async (request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  request.cookies = cookie.parse(request.headers.cookie ?? "");
  if (url.pathname === "/api/admin/stats") {
    // Behind a proxy getToken cannot know which name the cookie was given.
    const secureCookie = Object.keys(request.cookies).some((name) => name.startsWith("__Secure-"));
    return sendJson(response, ...adminStats(await getToken({ req: request, secret, secureCookie })));
  }
  if (!url.pathname.startsWith("/api/auth/")) return sendJson(response, 404, { error: "Not found" });

  // What Next.js adds to a request and a response.
  request.query = Object.fromEntries(url.searchParams);
  request.query.nextauth = url.pathname.slice("/api/auth/".length).split("/");
  request.body = parse(await readBody(request), request.headers["content-type"] ?? "");
  response.status = (status) => Object.assign(response, { statusCode: status });
  response.json = (body) => {
    response.setHeader("Content-Type", "application/json; charset=utf-8");
    response.end(JSON.stringify(body));
  };
  response.send = (body) => {
    if (body === null || body === undefined) return response.end();
    return typeof body === "object" ? response.json(body) : response.end(String(body));
  };
  return NextAuth(request, response, options);
});

function parse(body, type) {
  if (type.startsWith("application/json")) return body ? JSON.parse(body) : {};
  if (type.startsWith("application/x-www-form-urlencoded")) return Object.fromEntries(new URLSearchParams(body));
  return body;
}
