// Before the first paint: the theme and density chosen last, so that nothing flashes.
;(function () {
  try {
    var kept = JSON.parse(localStorage.getItem('ironfly.prefs') || '{}').state || {}
    var theme = kept.theme || 'dark'
    if (theme === 'system') theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'
    var root = document.documentElement
    root.dataset.theme = theme
    root.dataset.density = kept.density || 'compact'
    root.dataset.colours = kept.colours || 'green-red'
  } catch {
    // A broken memory of preferences is no reason not to start.
  }
})()
