// Copies a text, and lets its button say how that went for a moment; returns what to say aloud.
// Without TLS a page has no clipboard: then the old command, and if that fails too the text is
// selected and one key away.
export async function copy(node, button) {
  const written = navigator.clipboard?.writeText(node.textContent).then(() => true, () => false);
  getSelection().selectAllChildren(node);
  const copied = (await written) || document.execCommand("copy");
  const key = navigator.platform.startsWith("Mac") ? "⌘C" : "Ctrl+C";
  // The first words alone: what follows is for people who can't see what the button is beside.
  const label = button.firstChild;
  button.dataset.label ??= label.data;
  label.data = copied ? "Copied" : `Press ${key}`;
  setTimeout(() => { label.data = button.dataset.label; }, 2500);
  return copied ? "Copied" : `Selected. Press ${key} to copy.`;
}
