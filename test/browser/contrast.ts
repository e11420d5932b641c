/** Runs in the page: every text (and field) whose colour stands out too little, with its contrast. */
export const weakContrasts = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number)
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * x + 0.7152 * y + 0.0722 * z
  }
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
    return (high + 0.05) / (low + 0.05)
  }
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const [r, g, b, alpha = 1] = channels(getComputedStyle(one).backgroundColor)
      if (alpha === 1) return [r, g, b]
    }
    return [255, 255, 255]
  }
  const weak = []
  for (const element of document.querySelectorAll('body *')) {
    const style = getComputedStyle(element)
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '')
    if (!element.checkVisibility()) continue
    const found = contrast(channels(style.color), ground(element))
    if (hasText && found < 4.5) weak.push(element.textContent.trim().slice(0, 30) + ' ' + found.toFixed(2))
    if (element.matches('input:not([type=hidden]), .button')) {
      const edge = contrast(channels(element.matches('input') ? style.borderTopColor : style.backgroundColor), ground(element.parentElement))
      if (edge < 3 && !element.matches('.quiet')) weak.push('edge of ' + element.id + ' ' + edge.toFixed(2))
    }
  }
  return weak
})()`
