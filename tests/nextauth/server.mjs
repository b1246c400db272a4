// What both servers share: the users, and a small HTTP server on a free port of the loopback.
//
// Environment: ADMIN_PASSWORD and ELEVE_PASSWORD (required), ADMIN_EMAIL, ELEVE_EMAIL, PORT
// (0: a free one), NEXTAUTH_URL (the public address; the server's own by default), NEXTAUTH_SECRET
// (random by default), BIG_SESSION=1 (a session that does not fit into one cookie),
// TRUST_FORWARDED=1 (no NEXTAUTH_URL: the address is what X-Forwarded-Proto and -Host say),
// EXIT_WITH_STDIN=1 (stop when the input is closed).

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

const env = process.env;

export const secret = env.NEXTAUTH_SECRET || randomBytes(32).toString("hex");

const users = [
  { id: "1", name: "Amira Admin", email: env.ADMIN_EMAIL || "admin@nexus.test", password: env.ADMIN_PASSWORD, role: "ADMIN" },
  { id: "2", name: "Elias Eleve", email: env.ELEVE_EMAIL || "eleve@nexus.test", password: env.ELEVE_PASSWORD, role: "ELEVE" },
];
if (users.some((user) => !user.password)) {
  console.error("set ADMIN_PASSWORD and ELEVE_PASSWORD");
  process.exit(2);
}

/** The `authorize` of the credentials provider: a user without the password, or null. */
export function authorize(credentials) {
  const user = users.find((u) => u.email === credentials?.email && u.password === credentials?.password);
  if (!user) return null;
  const { password, ...rest } = user;
  return rest;
}

/** The callbacks as applications write them: the role goes into the token, then into the session. */
export const callbacks = {
  jwt({ token, user }) {
    if (user) {
      token.role = user.role;
      // Random, since a token is compressed before it is encrypted.
      if (env.BIG_SESSION) token.extra = randomBytes(6000).toString("base64");
    }
    return token;
  },
  session({ session, token }) {
    session.user.role = token.role;
    return session;
  },
};

/** The public origin of the application, as it sees it. */
export function origin(request) {
  if (env.NEXTAUTH_URL) return new URL(env.NEXTAUTH_URL).origin;
  const { host } = request.headers;
  return `${request.headers["x-forwarded-proto"] ?? "http"}://${request.headers["x-forwarded-host"] ?? host}`;
}

/** The endpoint that only ADMIN may read; `token` is null without a session. */
export function adminStats(token) {
  if (!token) return [401, { error: "Unauthorized" }];
  if (token.role !== "ADMIN") return [403, { error: "Forbidden" }];
  return [200, { students: 12, coaches: 3 }];
}

export async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

export function sendJson(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Start and print the address. `handle(request, response)` may throw: that is a 500. */
export function start(handle) {
  const server = createServer(async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      console.error(error);
      if (!response.headersSent) sendJson(response, 500, { error: String(error) });
      else response.destroy();
    }
  });
  server.listen(Number(env.PORT || 0), "127.0.0.1", () => {
    const address = `http://127.0.0.1:${server.address().port}`;
    if (env.TRUST_FORWARDED) env.AUTH_TRUST_HOST = "1";
    else env.NEXTAUTH_URL ||= address;
    console.log(`listening on ${address}`);
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
  // Whoever started it keeps its input open: a test that dies leaves no server behind.
  if (env.EXIT_WITH_STDIN) process.stdin.resume().on("end", () => process.exit(0));
}
