import { define } from "./define";

export const floor = define(
  {
    title: "行情",
    instruments: "交易品种",
    find: "查找",
    findHint: "名称、专利号、IPC、权利人",
    listed: (count: number) => `${count} 个品种`,
    none: "没有符合的品种。",
    empty: "尚无挂牌品种。",
  },
  {
    title: "Floor",
    instruments: "Instruments",
    find: "Find",
    findHint: "Name, number, IPC, owner",
    listed: (count) => `${count} listed`,
    none: "Nothing fits.",
    empty: "Nothing is listed yet.",
  },
);
