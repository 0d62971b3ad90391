/** Hands `text` to the user as a file. */
export function saveText(fileName: string, text: string, type = 'application/json'): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  // The download has taken hold of the blob once the click's task is over.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
