/// <reference lib="dom" />
import type { Layout, Place } from './layout';

const SMALLEST = 0.04;
const LARGEST = 3;
const MARGIN = 24;
/** What is smaller cannot be read. */
const READABLE = 0.5;

/** Which part of the drawing is seen, and how large. */
export class Camera {
  private x = 0;
  private y = 0;
  private scale = 1;
  private moved = false;
  private readonly pointers = new Map<number, PointerEvent>();

  public constructor(private readonly canvas: SVGSVGElement, private readonly scene: SVGGElement, private readonly layout: () => Layout) {
    canvas.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * (event.deltaMode === 0 ? 0.0015 : 0.05)), event.offsetX, event.offsetY);
    }, { passive: false });
    canvas.addEventListener('pointerdown', (event) => this.onDown(event));
    canvas.addEventListener('pointermove', (event) => this.onMove(event));
    canvas.addEventListener('pointerup', (event) => this.pointers.delete(event.pointerId));
    canvas.addEventListener('pointercancel', (event) => this.pointers.delete(event.pointerId));
  }

  /** Whether the last click was the end of a movement. */
  public get hasMoved(): boolean {
    return this.moved;
  }

  public fit(): void {
    const { width, height } = this.layout();
    const [seenWidth, seenHeight] = this.seen();
    this.scale = clamp(Math.min((seenWidth - 2 * MARGIN) / width, (seenHeight - 2 * MARGIN) / height), SMALLEST, 1.1);
    this.x = (seenWidth - width * this.scale) / 2;
    this.y = (seenHeight - height * this.scale) / 2;
    this.apply();
  }

  /** Around a point of the screen, or the middle of it. */
  public zoom(by: number, x = this.seen()[0] / 2, y = this.seen()[1] / 2): void {
    const scale = clamp(this.scale * by, SMALLEST, LARGEST);
    this.x = x - (x - this.x) * scale / this.scale;
    this.y = y - (y - this.y) * scale / this.scale;
    this.scale = scale;
    this.apply();
  }

  public pan(right: number, down: number): void {
    this.x += right;
    this.y += down;
    this.apply();
  }

  /** In the middle, and large enough to be read. */
  public centre({ x, y, width, height }: Place): void {
    const [seenWidth, seenHeight] = this.seen();
    this.scale = Math.max(this.scale, 0.9);
    this.x = seenWidth / 2 - (x + width / 2) * this.scale;
    this.y = seenHeight / 2 - (y + height / 2) * this.scale;
    this.apply();
  }

  /** Moves only if something is not seen, or is smaller than it should be. */
  public reveal(place: Place, least = READABLE): void {
    const [seenWidth, seenHeight] = this.seen();
    const [left, top] = [place.x * this.scale + this.x, place.y * this.scale + this.y];
    const [width, height] = [place.width * this.scale, place.height * this.scale];
    if (left < 0 || top < 0 || left + width > seenWidth || top + height > seenHeight || this.scale < least) {
      const most = Math.min((seenWidth - 2 * MARGIN) / place.width, (seenHeight - 2 * MARGIN) / place.height);
      this.scale = clamp(Math.min(Math.max(this.scale, least), most), SMALLEST, LARGEST);
      this.x = seenWidth / 2 - (place.x + place.width / 2) * this.scale;
      this.y = seenHeight / 2 - (place.y + place.height / 2) * this.scale;
      this.apply();
    }
  }

  /** All of it on the paper, whatever was seen on the screen. */
  public print(on: boolean): void {
    const { width, height } = this.layout();
    if (on) {
      this.canvas.setAttribute('viewBox', `-10 -10 ${width + 20} ${height + 20}`);
      this.scene.removeAttribute('transform');
      this.canvas.classList.remove('far');
    } else {
      this.canvas.removeAttribute('viewBox');
      this.apply();
    }
  }

  public apply(): void {
    this.scene.setAttribute('transform', `translate(${this.x} ${this.y}) scale(${this.scale})`);
    this.canvas.classList.toggle('far', this.scale < READABLE);
    // The names of stacks are read from afar too.
    this.canvas.style.setProperty('--head', `${clamp(13 / this.scale, 14, 60)}px`);
  }

  private seen(): readonly [number, number] {
    const { width, height } = this.canvas.getBoundingClientRect();
    return [width, height];
  }

  private onDown(event: PointerEvent): void {
    this.moved = false;
    this.pointers.set(event.pointerId, event);
  }

  /** One pointer pans, two zoom. */
  private onMove(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      return;
    }
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (!this.moved && Math.hypot(dx, dy) < 4) {
      return;
    }
    if (!this.moved) {
      this.moved = true;
      this.canvas.setPointerCapture(event.pointerId);
    }
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const { left, top } = this.canvas.getBoundingClientRect();
      const distance = (one: PointerEvent) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      const middle = [(event.clientX + other.clientX) / 2 - left, (event.clientY + other.clientY) / 2 - top] as const;
      this.zoom(distance(event) / Math.max(1, distance(before)), ...middle);
    } else {
      this.pan(dx, dy);
    }
    this.pointers.set(event.pointerId, event);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
