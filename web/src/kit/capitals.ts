// Amounts in words, under what a person types: an extra zero is read there (PAGE.md 2.8).
import { decimal, rescale } from "./decimal";

const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"];
const GROUPS = ["", "万", "亿", "万亿"];

/** Four digits in capitals, without zeros at the end; the group's own leading zero is the caller's. */
function group(four: string): string {
  let text = "";
  let zero = false;
  for (let place = 0; place < 4; place += 1) {
    const digit = Number(four[place]);
    if (digit === 0) zero = text !== "";
    else {
      text += (zero ? "零" : "") + DIGITS[digit] + PLACES[3 - place];
      zero = false;
    }
  }
  return text;
}

function wholeCapitals(whole: string): string {
  const padded = whole.padStart(Math.ceil(whole.length / 4) * 4, "0");
  const count = padded.length / 4;
  let text = "";
  let gap = false;
  for (let index = 0; index < count; index += 1) {
    const four = padded.slice(index * 4, index * 4 + 4);
    if (four === "0000") {
      gap = text !== "";
      continue;
    }
    if (text !== "" && (gap || four.startsWith("0"))) text += "零";
    text += group(four) + GROUPS[count - 1 - index];
    gap = false;
  }
  return text;
}

/** Chinese capitals of a sum in yuan, as on a cheque: 人民币 叁佰柒拾陆万元整; null where it is none. */
export function chineseCapitals(text: string): string | null {
  const value = decimal(text);
  const fen = value && rescale(value, 2);
  if (!fen || fen.units > 9_999_999_999_999_999n) return null;
  const digits = fen.units.toString().padStart(3, "0");
  const whole = digits.slice(0, -2);
  const jiao = Number(digits.at(-2));
  const last = Number(digits.at(-1));
  const yuan = whole === "0" ? "" : `${wholeCapitals(whole)}元`;
  if (jiao === 0 && last === 0) return `人民币 ${yuan || "零元"}整`;
  const tenths = jiao > 0 ? `${DIGITS[jiao]}角` : yuan ? "零" : "";
  return `人民币 ${yuan}${tenths}${last > 0 ? `${DIGITS[last]}分` : "整"}`;
}

const ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
const TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const THOUSANDS = ["", " thousand", " million", " billion", " trillion"];

function below1000(value: number): string {
  const hundreds = Math.floor(value / 100);
  const rest = value % 100;
  const small = rest < 20 ? ONES[rest]! : TENS[Math.floor(rest / 10)]! + (rest % 10 ? `-${ONES[rest % 10]}` : "");
  if (hundreds === 0) return small;
  return `${ONES[hundreds]} hundred${rest ? ` and ${small}` : ""}`;
}

/** English words of a sum: "CNY three million, seven hundred and sixty thousand, and 00/100"; null where it is none. */
export function englishWords(text: string, currency: string): string | null {
  const value = decimal(text);
  const cents = value && rescale(value, 2);
  if (!cents || cents.units > 99_999_999_999_999_999n) return null;
  const digits = cents.units.toString().padStart(3, "0");
  let rest = BigInt(digits.slice(0, -2));
  const groups: string[] = [];
  for (let index = 0; rest > 0n; index += 1, rest /= 1000n) {
    const three = Number(rest % 1000n);
    if (three > 0) groups.unshift(below1000(three) + THOUSANDS[index]);
  }
  const fraction = digits.slice(-2);
  return `${currency} ${groups.join(", ") || "zero"}${fraction === "00" ? " only" : ` and ${fraction}/100`}`;
}

/** The words of a sum in the page's language. */
export function inWords(text: string, currency: string, lang: "zh" | "en"): string | null {
  return lang === "zh" && currency === "CNY" ? chineseCapitals(text) : englishWords(text, currency);
}
