/** The door of `composure/testing`. */
export { type Client, client } from "./testing/client.js";
export { type ContractOptions, storeContract } from "./testing/contract.js";
export { type RequestOptions, request } from "./testing/request.js";
