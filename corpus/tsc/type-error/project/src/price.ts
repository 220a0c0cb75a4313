export function withVat(net: number): number {
  return `${net * 1.19}`;
}
