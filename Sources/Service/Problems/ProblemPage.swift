/// The explanations that `GET /problems/{type}` answers: for people as HTML, for programs as JSON.
///
/// - Cost: both are made on each call; they are asked for rarely.
public enum ProblemPage {
    /// The explanation as a page that needs nothing else.
    public static func html(_ problem: ProblemType) -> String {
        let title = escapedForHTML(problem.title.description)
        let members = problem.members.description
        let membersLine = members.isEmpty ? "" : "<p>Members of its own: <code>\(escapedForHTML(members))</code></p>\n"
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <style>
            :root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif }
            body { max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
            </style>
            </head>
            <body>
            <h1>\(title)</h1>
            <p>Status \(problem.status), type <code>\(problem.type)</code></p>
            <h2>Why</h2>
            <p>\(escapedForHTML(problem.cause.description))</p>
            <h2>What to do</h2>
            <p>\(escapedForHTML(problem.remedy.description))</p>
            \(membersLine)<p>\(escapedForHTML(problem.retryAfter.sentence))</p>
            </body>
            </html>

            """
    }

    /// The explanation as one JSON object: `type`, `title`, `status`, `cause`, `remedy`, `members` and `retry_after`,
    /// which is a number of seconds, `"computed"` or null.
    public static func json(_ problem: ProblemType) -> String {
        let members = problem.members.description.split(separator: ", ").map { quoted(String($0)) }
        return """
            {"type":\(quoted(problem.type.description)),"title":\(quoted(problem.title.description)),\
            "status":\(problem.status),"cause":\(quoted(problem.cause.description)),\
            "remedy":\(quoted(problem.remedy.description)),"members":[\(members.joined(separator: ","))],\
            "retry_after":\(problem.retryAfter.json)}
            """
    }

    static func escapedForHTML(_ text: String) -> String {
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

    /// A JSON string.
    ///
    /// The table is printable ASCII, so only the two letters that JSON reserves need a backslash.
    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

extension ProblemType.RetryAfter {
    fileprivate var sentence: String {
        switch self {
        case .absent: "The answer carries no Retry-After."
        case .seconds(let seconds): "The answer carries Retry-After: \(seconds)."
        case .computed: "The answer carries Retry-After, computed for each request."
        }
    }

    fileprivate var json: String {
        switch self {
        case .absent: "null"
        case .seconds(let seconds): String(seconds)
        case .computed: "\"computed\""
        }
    }
}
