/** The report of an error as plain text, for terminals. */
import type { Line } from "./excerpt.js";
import type { Fault, Report, Step } from "./report.js";

const lineText = ({ number, code, isMarked }: Line): string =>
  `    ${isMarked ? ">" : " "} ${String(number).padStart(4)} | ${code}`;

const stepText = ({ name, place }: Step): string => `    at ${name === "" ? place : `${name} (${place})`}`;

/** The stack, with the source of its first place that has one. */
function faultText({ name, message, steps }: Fault): string {
  const first = steps.find(({ excerpt }) => excerpt.length > 0);
  const lines = steps.flatMap((step) =>
    step === first ? [stepText(step), ...step.excerpt.map(lineText)] : [stepText(step)],
  );
  return [`${name}: ${message}`, ...lines].join("\n");
}

export const reportText = ({ status, method, uri, faults }: Report): string =>
  `${status} ${method} ${uri}\n\n${faults.map(faultText).join("\n\nCaused by ")}\n`;
