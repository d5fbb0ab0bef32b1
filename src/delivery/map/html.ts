import type { DeliveryMap } from './delivery-map';

/** The parts of the page that are the same for every map, as they are bundled. */
export interface MapPage {
  readonly script: string;
  /** Of the script, as a content security policy names it: `sha256-…`. No other script of the page runs. */
  readonly scriptHash: string;
  readonly style: string;
}

/** One page that needs no other file and no network. */
export function htmlMap(map: DeliveryMap, { script, scriptHash, style }: MapPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src '${scriptHash}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Delivery map</title>
<style>${style}</style>
</head>
<body>
<noscript>The map is drawn by a script of this page, which needs no network.</noscript>
<script type="application/json" id="map">${embedded(map)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON in which nothing ends the element around it. */
function embedded(map: DeliveryMap): string {
  return JSON.stringify(map).replace(/</g, '\\u003c');
}
