/**
 * The first bytes of a body, as text: fewer if it ends or breaks off before. The rest is not read. Only a body that has ended leaves its
 * connection for the next request.
 * @param body is destroyed
 */
export async function beginningOf(body: AsyncIterable<Uint8Array>, bytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      received += chunk.length;
      // Leaving the loop destroys the body.
      if (received > bytes) break;
    }
  } catch {
    // What came so far is all there is.
  }
  // In a stream, half a letter at the end is left out.
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, bytes), { stream: true });
}
