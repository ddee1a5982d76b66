/** What is used of the negotiator package, as of its version 1.0. */
declare module "negotiator" {
  type Headers = { readonly [name: string]: string | undefined };

  export default class Negotiator {
    constructor(request: { readonly headers: Headers });
    mediaType(available: readonly string[]): string | undefined;
    encoding(
      available: readonly string[],
      options?: { readonly preferred?: readonly string[] },
    ): string | undefined;
  }
}
