// Text that came from anywhere, made safe to look at.

const named = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\0": "\\0"};

// visible shows each character that a reader would not see, or that would move
// others, as an escape.
export function visible(text) {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, c => named[c] ?? escape(c.codePointAt(0)));
}

function escape(code) {
  if (code < 0x100) return "\\x" + code.toString(16).padStart(2, "0");
  if (code < 0x10000) return "\\u" + code.toString(16).padStart(4, "0");
  return "\\U" + code.toString(16).padStart(8, "0");
}

// shorten leaves at most n characters of a text.
export function shorten(text, n) {
  if (text.length <= n) return text;
  const points = [...text.slice(0, 2 * n)];
  return points.length <= n ? text : points.slice(0, Math.max(1, n - 1)).join("") + "…";
}

// bytesOf decodes base64. What is no base64 has no bytes.
export function bytesOf(b64) {
  try {
    return Uint8Array.from(atob(b64), c => c.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

// decode reads UTF-8. A byte that is none becomes \xNN. rest is the beginning of
// a character whose other bytes have not come.
export function decode(bytes) {
  const parts = [];
  let i = 0;
  while (i < bytes.length) {
    let ascii = i;
    while (ascii < bytes.length && bytes[ascii] < 0x80) ascii++;
    if (ascii > i) {
      parts.push(utf8.decode(bytes.subarray(i, ascii)));
      i = ascii;
      continue;
    }
    const n = bytes[i] >= 0xf0 ? 4 : bytes[i] >= 0xe0 ? 3 : 2;
    const piece = bytes.subarray(i, i + n);
    if (piece.length < n && bytes[i] >= 0xc2 && bytes[i] < 0xf5 && piece.subarray(1).every(b => b >> 6 === 2)) {
      return {text: parts.join(""), rest: piece};
    }
    try {
      parts.push(utf8.decode(piece));
      i += n;
    } catch {
      parts.push(escape(bytes[i++]));
    }
  }
  return {text: parts.join(""), rest: new Uint8Array()};
}

const utf8 = new TextDecoder("utf-8", {fatal: true, ignoreBOM: true});

// hex is bytes as text that can be read.
export function hex(bytes) {
  return Array.from(bytes, escape).join("");
}

// seconds is a time as the page shows it.
export function seconds(microseconds) {
  return (microseconds / 1e6).toFixed(3) + " s";
}

// duration is how long something took, in the unit that fits.
export function duration(microseconds) {
  if (microseconds < 1000) return microseconds + " µs";
  if (microseconds < 1e6) return (microseconds / 1000).toFixed(microseconds < 1e4 ? 1 : 0) + " ms";
  return (microseconds / 1e6).toFixed(2) + " s";
}

// add makes an element in a parent. Its text is text, whatever it holds.
export function add(parent, tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  parent.append(e);
  return e;
}
