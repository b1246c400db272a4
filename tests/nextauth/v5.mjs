// Auth.js 5 (the engine of next-auth 5) as a route handler of Next.js calls it, without Next.js.

import { Auth } from "@auth/core";
import { getToken } from "@auth/core/jwt";
import Credentials from "@auth/core/providers/credentials";
import { adminStats, authorize, callbacks, origin, readBody, secret, sendJson, start } from "./server.mjs";

const config = {
  secret,
  basePath: "/api/auth",
  trustHost: true,
  session: { strategy: "jwt" },
  providers: [Credentials({ credentials: { email: {}, password: {} }, authorize })],
  callbacks,
  logger: { error: (error) => console.error(error.name ?? error), warn() {}, debug() {} },
};

start(async (incoming, outgoing) => {
  // next-auth 5 replaces the request's origin by NEXTAUTH_URL's (or AUTH_URL's).
  const url = new URL(incoming.url, origin(incoming));
  const body = incoming.method === "POST" ? await readBody(incoming) : undefined;
  const request = new Request(url, { method: incoming.method, headers: incoming.headers, body });
  if (url.pathname === "/api/admin/stats") {
    const token = await getToken({ req: request, secret, secureCookie: url.protocol === "https:" });
    return sendJson(outgoing, ...adminStats(token));
  }
  if (!url.pathname.startsWith("/api/auth/")) return sendJson(outgoing, 404, { error: "Not found" });

  const response = await Auth(request, config);
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) {
    if (name !== "set-cookie") outgoing.setHeader(name, value);
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  outgoing.end(Buffer.from(await response.arrayBuffer()));
});
