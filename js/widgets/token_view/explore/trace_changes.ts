// What a normaliser changed: the two texts in stretches that are the same and stretches that are not.

export interface Stretch {
  readonly text: string;
  readonly changed: boolean;
}

// beyond this the table of common subsequences would be too large: all between the common ends counts as changed
const LARGEST = 250_000;

export function changesBetween(
  before: string,
  after: string,
): readonly [readonly Stretch[], readonly Stretch[]] {
  const [left, right] = [[...before], [...after]];
  const shorter = Math.min(left.length, right.length);
  let head = 0;
  while (head < shorter && left[head] === right[head]) head++;
  let tail = 0;
  while (tail < shorter - head && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail++;
  const [kept, keptAfter] = commonParts(
    left.slice(head, left.length - tail),
    right.slice(head, right.length - tail),
  );
  const ends = (middle: readonly boolean[]) => [
    ...Array<boolean>(head).fill(true),
    ...middle,
    ...Array<boolean>(tail).fill(true),
  ];
  return [stretches(left, ends(kept)), stretches(right, ends(keptAfter))];
}

/** For each character of both whether it is in the longest common subsequence. */
function commonParts(
  left: readonly string[],
  right: readonly string[],
): readonly [readonly boolean[], readonly boolean[]] {
  const [rows, columns] = [left.length + 1, right.length + 1];
  const kept = left.map(() => false);
  const keptAfter = right.map(() => false);
  if (rows * columns > LARGEST) return [kept, keptAfter];
  const lengths = new Uint16Array(rows * columns);
  const at = (row: number, column: number) => lengths[row * columns + column] ?? 0;
  for (let row = rows - 2; row >= 0; row--) {
    for (let column = columns - 2; column >= 0; column--) {
      lengths[row * columns + column] =
        left[row] === right[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  for (let row = 0, column = 0; row < left.length && column < right.length; ) {
    if (left[row] === right[column]) {
      kept[row++] = true;
      keptAfter[column++] = true;
    } else if (at(row + 1, column) >= at(row, column + 1)) row++;
    else column++;
  }
  return [kept, keptAfter];
}

function stretches(characters: readonly string[], kept: readonly boolean[]): readonly Stretch[] {
  const result: Stretch[] = [];
  characters.forEach((character, at) => {
    const changed = kept[at] === false;
    const last = result.at(-1);
    if (last?.changed === changed) result[result.length - 1] = { text: last.text + character, changed };
    else result.push({ text: character, changed });
  });
  return result;
}
