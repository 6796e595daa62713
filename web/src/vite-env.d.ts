/// <reference types="vite/client" />
/// <reference types="svelte" />

declare module "virtual:contract" {
  const contract: import("./forms/contract").Contract;
  export default contract;
}

declare module "virtual:documents" {
  interface Document {
    page: string;
    title: string;
    parts: { id: string; text: string }[];
    html: string;
  }
  const documents: { page: string; title: string; load: () => Promise<{ default: Document }> }[];
  export default documents;
}
