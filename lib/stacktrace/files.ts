/** Which files may be shown: a stack is only text, and may name any. */
import { readFileSync, realpathSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";

const isInside = (path: string): boolean => {
  const steps = relative(process.cwd(), path).split(sep);
  return isAbsolute(path) && steps[0] !== ".." && !isAbsolute(steps[0] as string);
};

/** Whether a path is one of the project's own sources: inside the working directory, and of no package. */
export const isOwn = (path: string): boolean =>
  isInside(path) && /\.[cm]?[jt]sx?$/.test(path) && !path.split(sep).includes("node_modules");

/** As short as it can be said from the working directory. */
export const shortPath = (path: string): string => (isInside(path) ? relative(process.cwd(), path) : path);

/** The text of a file that may be shown, also where links lead; undefined of any other. */
function read(path: string, mayBeShown: (path: string) => boolean): string | undefined {
  try {
    if (!mayBeShown(path)) return undefined;
    const real = realpathSync(path);
    return mayBeShown(real) ? readFileSync(real, "utf8") : undefined;
  } catch {
    return undefined;
  }
}

export const readSource = (path: string): string | undefined => read(path, isOwn);

export const readMap = (path: string): string | undefined =>
  read(path, (path) => isInside(path) && path.endsWith(".map"));
