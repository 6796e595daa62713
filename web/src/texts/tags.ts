import { define } from "./define";

/** The subjects of the contract's operations. */
export const tags = define(
  {
    participants: "参与主体", accounts: "账户与资金", assets: "权利登记", titles: "权利存续", valuations: "估值", licences: "许可与份额", transfers: "权利转让", auctions: "竞价", pledges: "贷款与质押", disposals: "处置",
    pools: "风险补偿", subsidies: "贴息贴费", diligence: "尽职免责", proposals: "双人复核", certificates: "证明书", registry: "登记簿", listings: "挂牌与停复牌", orders: "委托", market: "行情", rules: "规则", stream: "推送", status: "状态", people: "人员",
  },
  {
    participants: "Participants", accounts: "Accounts and cash", assets: "Rights registered", titles: "The life of a right", valuations: "Valuations", licences: "Licences and units", transfers: "Sales of title", auctions: "Auctions", pledges: "Loans and pledges", disposals: "Disposals",
    pools: "Risk pools", subsidies: "Subsidies", diligence: "Diligence", proposals: "Two people", certificates: "Certificates", registry: "Registry", listings: "Listings and halts", orders: "Orders", market: "Market", rules: "Rules", stream: "Stream", status: "Status", people: "People",
  },
);
