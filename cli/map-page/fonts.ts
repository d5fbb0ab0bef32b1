/// <reference lib="dom" />

const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif';

/** The fonts of the drawing, as its style has them. */
export const FONTS = {
  head: `600 14px ${FAMILY}`,
  label: `600 13px ${FAMILY}`,
  pill: `600 11px ${FAMILY}`,
  small: `11.5px ${FAMILY}`,
};

const widths = new Map<string, number>();
const context = document.createElement('canvas').getContext('2d');

export function widthOf(text: string, font: string): number {
  const key = `${font} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    if (context) {
      context.font = font;
    }
    width = context?.measureText(text).width ?? text.length * 8;
    widths.set(key, width);
  }
  return width;
}

/** Shortened in the middle: how a path begins and ends tells most. */
export function cut(text: string, width: number, font: string): string {
  let shown = text;
  for (let kept = text.length - 1; kept > 4 && widthOf(shown, font) > width; kept--) {
    shown = `${text.slice(0, Math.floor(kept * 0.4))}…${text.slice(text.length - Math.ceil(kept * 0.6))}`;
  }
  return shown;
}
