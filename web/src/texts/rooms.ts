import { define } from "./define";

/** Rights, sales of title, licences. */
export const rooms = define(
  {
    right: {
      title: "权利", owner: "权利人", class: "类别", office: "登记机关", number: "编号", ipc: "分类号", filed: "申请日", granted: "授权日", until: "保护期至", state: "状态", listed: "挂牌品种", certificate: "证明书", certificateSaid: "由场所签名，可离线核验。", get: "下载证明书",
      licences: "许可", pledges: "质押", none: "无", acts: "可办理", standing: "权属现状", missing: "没有这项权利，或不对您公开。", digest: "文本摘要",
    },
    transfers: {
      title: "转让", offers: "在售权利", own: "本方转让", none: "目前没有对您公开的在售权利。", ownNone: "没有本方的转让。", ask: "挂牌价", best: "最优价", disclosed: "披露至", bids: "报价", anonymous: "匿名推介", list: "转让权利",
      interest: "表达意向", bid: "报价", one: "转让", missing: "没有这项转让，或不对您披露。", challenged: "有异议", over: "已结束", more: "显示更多", surviving: (count: number) => `存续许可 ${count} 项`, facts: "转让情况", parties: "办理情况",
    },
    licences: {
      title: "许可", open: "开放许可", openNone: "目前没有开放许可。", price: "许可费", days: "期限", daysOf: (count: number) => `${count} 天`, until: "声明有效至", taken: "已取得", take: "取得许可", own: "本方许可", ownNone: "没有本方的许可。",
      tranches: "发行批次", tranchesNone: "目前没有发行中的批次。", quantity: "总份数", left: "剩余", subscribe: "认购", interest: "认购意向", opens: "开始", closed: "已结束", offer: "发放许可", declare: "声明开放许可",
    },
    loading: "正在载入 …",
    state: "状态",
    action: "操作",
    notedSaid: "读取他人的记录会留痕。",
    readNow: "读取",
  },
  {
    right: {
      title: "Right", owner: "Owner", class: "Class", office: "Office", number: "Number", ipc: "Classified", filed: "Filed", granted: "Granted", until: "Protected until", state: "State", listed: "Listed as", certificate: "Certificate", certificateSaid: "Signed by the venue; verified offline.", get: "Download the certificate",
      licences: "Licences", pledges: "Pledges", none: "none", acts: "What can be done", standing: "Title as it stands", missing: "There is no such right, or it is not open to you.", digest: "Digest of its texts",
    },
    transfers: {
      title: "Transfers", offers: "Rights for sale", own: "Your sales", none: "No right is offered to you just now.", ownNone: "You have no sales.", ask: "Ask", best: "Best", disclosed: "Disclosed until", bids: "Bids", anonymous: "Teaser", list: "Sell a title",
      interest: "Say that you may buy", bid: "Bid", one: "Sale", missing: "There is no such sale, or it is not disclosed to you.", challenged: "challenged", over: "Ended", more: "Show more", surviving: (count) => (count === 1 ? "1 licence survives" : `${count} licences survive`), facts: "The sale", parties: "How it goes on",
    },
    licences: {
      title: "Licences", open: "Open licences", openNone: "There are no open licences just now.", price: "Fee", days: "Term", daysOf: (count) => `${count} days`, until: "Stands until", taken: "Taken", take: "Take it", own: "Your licences", ownNone: "You have no licences.",
      tranches: "Tranches", tranchesNone: "No tranche is open just now.", quantity: "Units", left: "Left", subscribe: "Subscribe", interest: "Interest", opens: "Opens", closed: "closed", offer: "Offer a licence", declare: "Declare an open licence",
    },
    loading: "Loading …",
    state: "State",
    action: "Act",
    notedSaid: "A read of another's record is noted.",
    readNow: "Read",
  },
);
