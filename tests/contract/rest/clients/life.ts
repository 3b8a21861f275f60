// A pot from its creation to its end, by the types that openapi-typescript made: the socket as the argument.
import createClient from "openapi-fetch";
import { Agent, fetch as send } from "undici";
import type { paths } from "./potd.js";

declare const process: { argv: string[] };

function check(good: boolean, what: unknown): asserts good {
    if (!good) throw new Error(JSON.stringify(what));
}

const dispatcher = new Agent({ connect: { socketPath: process.argv[2] } });
const client = createClient<paths>({
    baseUrl: "http://localhost",
    fetch: async (request: Request) => {
        const body = request.body === null ? undefined : await request.text();
        const answer = await send(request.url, { method: request.method, headers: [...request.headers], body, dispatcher });
        return answer as unknown as Response;
    },
});

const path = { name: "by-typescript" };
const made = await client.POST("/v1/pots", { body: { name: path.name, base: "host", command: ["/bin/echo", "hello"] } });
check(made.response.status === 201, made.error);
const started = await client.POST("/v1/pots/{name}/start", { params: { path }, body: {} });
check(started.data !== undefined && "spec" in started.data && started.data.run !== null, started.error);
const ended = await client.GET("/v1/pots/{name}/wait", { params: { path, query: { for: "stopped" } } });
check(ended.data?.exit_code === 0, ended);
const logs = await client.GET("/v1/pots/{name}/logs", { params: { path }, parseAs: "text" });
check(logs.data === "hello\n", logs);
const removed = await client.DELETE("/v1/pots/{name}", { params: { path } });
check(removed.response.status === 204, removed.error);
const gone = await client.GET("/v1/pots/{name}", { params: { path } });
check(gone.error?.code === "not_found", gone);
await dispatcher.close();
