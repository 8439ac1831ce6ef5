// Starts socklab lsp, which does the rest.
const {workspace} = require("vscode");
const {LanguageClient} = require("vscode-languageclient/node");

let client;

exports.activate = () => {
  const command = workspace.getConfiguration("socklab").get("command");
  client = new LanguageClient("socklab", "socklab", {command, args: ["lsp"]}, {
    documentSelector: [{scheme: "file", language: "socklab"}],
  });
  return client.start();
};

exports.deactivate = () => client?.stop();
