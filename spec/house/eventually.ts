/** How a spec waits for what comes by itself. */

/** Waits until something holds; throws where it does not within some seconds. */
export async function eventually(holds: () => unknown, seconds = 10): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Waited in vain until ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
