// Speaks to a socklab lsp with the library that VS Code's extensions speak with.
// usage: node test/session.js SOCKLAB
const {spawn} = require("child_process");
const {createProtocolConnection, StreamMessageReader, StreamMessageWriter} = require("vscode-languageserver-protocol/node");
const assert = require("assert");

async function main() {
  const server = spawn(process.argv[2], ["lsp"], {stdio: ["pipe", "pipe", "inherit"]});
  const late = setTimeout(() => server.kill("SIGKILL"), 60000);
  const ended = new Promise(resolve => server.on("exit", resolve));
  const connection = createProtocolConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
  const told = new Promise(resolve => connection.onNotification("textDocument/publishDiagnostics", resolve));
  connection.listen();
  const {capabilities} = await connection.sendRequest("initialize", {processId: process.pid, rootUri: null, capabilities: {}});
  assert.deepEqual(capabilities.executeCommandProvider, {commands: ["socklab.play"]});
  await connection.sendNotification("initialized", {});
  const uri = "file:///ours/talk.txtar";
  await connection.sendNotification("textDocument/didOpen", {textDocument: {uri, languageId: "socklab", version: 1, text: "spwan server\n"}});
  assert.match((await told).diagnostics[0].message, /did you mean spawn/);
  const items = await connection.sendRequest("textDocument/completion", {textDocument: {uri}, position: {line: 0, character: 2}});
  assert.deepEqual(items.map(item => item.label), ["spawn"]);
  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  assert.equal(await ended, 0);
  clearTimeout(late);
}

main().catch(error => { console.error(error); process.exit(1); });
