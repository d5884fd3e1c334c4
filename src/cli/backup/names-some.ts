/** So many images are named at the terminal. */
const MOST_NAMED = 20;

interface Missing {
  readonly stream: string;
  readonly id: string;
  readonly reason: string;
}

/** Names the first images that cannot be had. @param what of them: `is not in the backup` */
export function namesSome(say: (text: string) => void, what: string): (image: Missing) => void {
  let named = 0;
  return ({ stream, id, reason }) => {
    named += 1;
    if (named <= MOST_NAMED) say(`Image ${id} of ${stream} ${what}: ${reason}.`);
    if (named === MOST_NAMED) say('More of them are counted, and not named here.');
  };
}
