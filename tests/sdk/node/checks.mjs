// The official Node SDKs, unchanged, through EdgeMesh. Runs every check and prints one JSON line for each:
// {"name": ..., "error": null or text}. Arguments: base URL, model, embedding model, expected answer, `mock` or `real`.
import assert from "node:assert/strict";

const [baseURL, model, embeddingModel, answer, backend] = process.argv.slice(2);
const isMock = backend === "mock";
const checks = [];
const check = (name, run, {mockOnly = false} = {}) => { if (isMock || !mockOnly) checks.push([name, run]); };
const say = (content) => [{role: "user", content}];
const weather = {
  type: "function",
  function: {
    name: "weather", strict: true,
    parameters: {type: "object", properties: {city: {type: "string"}}, required: ["city"], additionalProperties: false},
  },
};
const arguments_ = (text) => text.replaceAll(" ", "");

const {default: OpenAI, NotFoundError, BadRequestError} = await import("openai");
const {zodResponseFormat} = await import("openai/helpers/zod");
const {z} = await import("zod");
const client = new OpenAI({baseURL, apiKey: "unused", maxRetries: 0, timeout: 30_000});

check("openai: chat", async () => {
  const reply = await client.chat.completions.create({model, messages: say("k"), temperature: 0});
  assert.equal(reply.choices[0].message.content.trim(), answer);
  assert.equal(reply.choices[0].finish_reason, "stop");
  assert.equal(reply.model, model);
  assert.ok(reply._request_id);
});
check("openai: stream", async () => {
  let text = "", usage = null;
  for await (const chunk of await client.chat.completions.create(
    {model, messages: say("k"), temperature: 0, stream: true, stream_options: {include_usage: true}})) {
    text += chunk.choices[0]?.delta.content ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.equal(text.trim(), answer);
  assert.ok(usage.completion_tokens > 0);
});
check("openai: strict stream helper", async () => {
  const stream = client.chat.completions.stream({model, messages: say("k"), temperature: 0});
  let deltas = 0;
  stream.on("content", () => { deltas += 1; });
  const final = await stream.finalChatCompletion();
  assert.ok(deltas > 0);
  assert.equal(final.choices[0].message.content.trim(), answer);
  assert.equal(final.choices[0].message.role, "assistant");
});
check("openai: tools", async () => {
  const reply = await client.chat.completions.create({model, messages: say("use the tool"), tools: [weather]});
  const call = reply.choices[0].message.tool_calls[0];
  assert.equal(reply.choices[0].finish_reason, "tool_calls");
  assert.equal(call.function.name, "weather");
  assert.equal(arguments_(call.function.arguments), '{"city":"Paris"}');
}, {mockOnly: true});
check("openai: tools through the strict stream helper", async () => {
  const final = await client.chat.completions.stream({model, messages: say("use the tool"), tools: [weather]}).finalChatCompletion();
  assert.equal(final.choices[0].message.tool_calls.length, 1);
  assert.deepEqual(final.choices[0].message.tool_calls[0].function.parsed_arguments, {city: "Paris"});
}, {mockOnly: true});
check("openai: JSON schema", async () => {
  const reply = await client.chat.completions.parse(
    {model, messages: say("a city"), response_format: zodResponseFormat(z.object({city: z.string(), hot: z.boolean()}), "answer")});
  assert.equal(typeof reply.choices[0].message.parsed.city, "string");
}, {mockOnly: true});
check("openai: embeddings, base64 by default", async () => {
  const packed = await client.embeddings.create({model: embeddingModel, input: ["a", "b"]});
  const plain = await client.embeddings.create({model: embeddingModel, input: ["a", "b"], encoding_format: "float"});
  assert.equal(packed.data.length, 2);
  packed.data[1].embedding.forEach((x, i) => assert.ok(Math.abs(x - plain.data[1].embedding[i]) < 1e-6));
});
check("openai: models", async () => {
  const ids = [];
  for await (const row of client.models.list()) ids.push(row.id);
  assert.ok(ids.includes(model));
  assert.equal((await client.models.retrieve(model)).id, model);
});
check("openai: an unknown model", async () => {
  await assert.rejects(client.chat.completions.create({model: "no/such:model", messages: say("k")}),
    (error) => error instanceof NotFoundError && error.code === "model_not_found" && Boolean(error.requestID));
});
check("openai: a bad request", async () => {
  await assert.rejects(client.chat.completions.create({model, messages: []}),
    (error) => error instanceof BadRequestError && error.param === "messages");
});
check("openai: leaving a stream", async () => {
  const stream = await client.chat.completions.create({model, messages: say("k"), stream: true});
  for await (const _ of stream) break;
  stream.controller.abort();
});

const {ChatOpenAI, OpenAIEmbeddings} = await import("@langchain/openai");
const configuration = {baseURL};
const chain = new ChatOpenAI({configuration, apiKey: "unused", model, temperature: 0, maxRetries: 0});

check("langchain: invoke", async () => {
  const message = await chain.invoke("k");
  assert.equal(message.content.trim(), answer);
  assert.ok(message.usage_metadata.total_tokens > 0);
});
check("langchain: stream", async () => {
  let text = "";
  for await (const chunk of await chain.stream("k")) text += chunk.content;
  assert.equal(text.trim(), answer);
});
check("langchain: tools", async () => {
  const message = await chain.bindTools([weather]).invoke("use the tool");
  assert.deepEqual(message.tool_calls.map((c) => [c.name, c.args]), [["weather", {city: "Paris"}]]);
}, {mockOnly: true});
check("langchain: structured output", async () => {
  const parsed = await chain.withStructuredOutput(z.object({city: z.string()}), {method: "jsonSchema", name: "answer"}).invoke("a city");
  assert.equal(typeof parsed.city, "string");
}, {mockOnly: true});
check("langchain: embeddings", async () => {
  const vectors = await new OpenAIEmbeddings({configuration, apiKey: "unused", model: embeddingModel}).embedDocuments(["a", "b"]);
  assert.equal(vectors.length, 2);
  assert.ok(vectors[0].some((x) => x !== 0));
});

const {OpenAI: IndexOpenAI} = await import("@llamaindex/openai");
const index = new IndexOpenAI({model, apiKey: "unused", baseURL, temperature: 0, maxRetries: 0});

check("llamaindex: chat", async () => {
  const reply = await index.chat({messages: say("k")});
  assert.equal(reply.message.content.trim(), answer);
});
check("llamaindex: stream", async () => {
  let text = "";
  for await (const chunk of await index.chat({messages: say("k"), stream: true})) text += chunk.delta;
  assert.equal(text.trim(), answer);
});

for (const [name, run] of checks) {
  let error = null;
  try { await run(); } catch (caught) { error = String(caught?.stack ?? caught); }
  console.log(JSON.stringify({name, error}));
}
process.exit(0);
