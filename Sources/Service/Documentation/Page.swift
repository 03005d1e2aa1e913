/// A page of HTML that needs nothing else: no script, no other host.
enum Page {
    /// A whole page, with a title that is plain text and a body that is HTML.
    static func html(title: String, body: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(escaped(title))</title>
        <style>
        \(style)
        </style>
        </head>
        <body>
        \(body)
        </body>
        </html>

        """
    }

    /// Text as HTML.
    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, letter in
            switch letter {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(letter)
            }
        }
    }

    /// Text as HTML, with what stands between backquotes as code.
    static func marked(_ text: String) -> String {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .map { $0 % 2 == 0 ? escaped(String($1)) : "<code>\(escaped(String($1)))</code>" }
            .joined()
    }

    private static let style = """
        :root {
          color-scheme: light dark;
          --ground: #fff; --text: #1c2024; --soft: #5d666f; --line: #dfe3e7; --panel: #f5f7f8; --link: #0b62b8;
          --get: #0b6e4f; --post: #0b62b8; --put: #8a5a00; --delete: #b3261e;
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #14171a; --text: #e6e9ec; --soft: #9aa4ae; --line: #2c3238; --panel: #1c2126; --link: #6cb2ff;
            --get: #4cc79b; --post: #6cb2ff; --put: #e0b050; --delete: #ff8a80;
          }
        }
        * { box-sizing: border-box }
        html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100% }
        body { margin: 0; background: var(--ground); color: var(--text) }
        main { max-width: 52rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; min-width: 0 }
        h1 { font-size: 1.9rem; line-height: 1.2; margin: 1rem 0 .5rem }
        h2 { font-size: 1.35rem; margin: 3rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line) }
        h3 { font-size: 1.1rem; margin: 0 }
        h4 { font-size: .95rem; margin: 1.4rem 0 .3rem; color: var(--soft) }
        p { margin: .5rem 0 }
        a { color: var(--link); text-underline-offset: .15em }
        code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
        code { overflow-wrap: anywhere }
        pre { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem .9rem;
          margin: .5rem 0; overflow-x: auto }
        table { border-collapse: collapse; width: 100%; font-size: .93rem }
        th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-top: 1px solid var(--line) }
        th { color: var(--soft); font-weight: 600; border-top: 0 }
        tr:target, section:target > h3, article:target > header { background: var(--panel) }
        table.members { table-layout: fixed }
        table.members td { overflow-wrap: anywhere }
        table.members td:nth-child(1) { width: 11.5rem } table.members td:nth-child(2) { width: 14rem }
        table.members td:first-child code { overflow-wrap: normal }
        .soft { color: var(--soft) }
        nav ul { list-style: none; margin: 0; padding: 0 }
        nav a { text-decoration: none }
        nav li { padding: .12rem 0 }
        nav b { display: block } nav div { padding-bottom: .9rem }
        article { margin: 2.2rem 0; scroll-margin-top: 1rem }
        article > header { display: flex; flex-wrap: wrap; gap: .3rem .7rem; align-items: baseline }
        .call { font-weight: 600 }
        .call b { text-transform: uppercase }
        .get b { color: var(--get) } .post b { color: var(--post) }
        .put b, .patch b { color: var(--put) } .delete b { color: var(--delete) }
        @media (min-width: 68rem) {
          .wide { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 80rem; margin: 0 auto }
          .wide > nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 2rem 1.5rem;
            border-right: 1px solid var(--line); font-size: .93rem }
        }
        @media (max-width: 67.99rem) {
          .wide > nav { padding: 1rem 1.25rem 0; max-width: 52rem; margin: 0 auto; columns: 11rem; font-size: .93rem }
          .wide > nav div { break-inside: avoid }
        }
        @media (max-width: 34rem) {
          table.members, table.members tbody, table.members tr, table.members td { display: block }
          table.members tr { border-top: 1px solid var(--line); padding: .4rem 0 }
          table.members td, table.members td:nth-child(n) { border: 0; padding: .1rem 0; width: auto }
        }
        """
}
