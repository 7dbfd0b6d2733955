// Copies a text. Without TLS a page has no clipboard: then the old command, and if that fails too
// the text is selected and one key away.
export async function copy(node, button) {
  const written = navigator.clipboard?.writeText(node.textContent).then(() => true, () => false);
  getSelection().selectAllChildren(node);
  const copied = (await written) || document.execCommand("copy");
  button.textContent = copied ? "Copied" : "Press Ctrl+C";
}
