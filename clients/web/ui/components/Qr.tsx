/* A QR code as SVG, dark on white in every colour scheme: cameras expect that. */
import qrcode from "qrcode-generator";

/** Modules of white around it, ISO/IEC 18004. */
const QUIET = 4;

export function Qr({ content, label }: { content: string; label: string }): preact.JSX.Element {
  const code = qrcode(0, "M");
  code.addData(content);
  code.make();
  const count = code.getModuleCount();
  const size = count + 2 * QUIET;
  let path = "";
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      if (code.isDark(row, column)) {
        path += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
      }
    }
  }
  return (
    <svg class="kring-qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#000000" shape-rendering="crispEdges" />
    </svg>
  );
}
