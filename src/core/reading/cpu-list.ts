/** No machine has more; a longer list is not the kernel's. */
const MAX_CPUS = 65_536;

/** The numbers of a kernel list such as `0-3,8,10-11`; null where the text is not one. */
export function parseCpuList(text: string): readonly number[] | null {
  const numbers: number[] = [];
  for (const part of text.trim().split(',')) {
    const [, first, last] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (first === undefined) return null;
    const end = Number(last ?? first);
    if (end < Number(first) || numbers.length + end - Number(first) >= MAX_CPUS) return null;
    for (let number = Number(first); number <= end; number += 1) numbers.push(number);
  }
  return numbers;
}
