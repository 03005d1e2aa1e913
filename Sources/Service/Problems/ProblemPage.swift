/// The explanations that `GET /problems/{type}` answers: for people as HTML, for programs as JSON.
///
/// - Cost: both are made on each call; they are asked for rarely.
public enum ProblemPage {
    /// The explanation as a page that needs nothing else.
    public static func html(_ problem: ProblemType) -> String {
        Page.html(
            title: problem.title.description,
            body: """
                <main>
                <p><a href="/docs#problems">All problems</a></p>
                <h1>\(Page.escaped(problem.title.description))</h1>
                <p class="soft">Status \(problem.status), type <code>\(problem.type)</code></p>
                <h2>What happened</h2>
                <p>\(Page.escaped(problem.cause.description))</p>
                <h2>What to do</h2>
                <p>\(Page.escaped(problem.remedy.description))</p>
                <p>\(problem.retryAfter.sentence)</p>
                <h2>Members</h2>
                \(members(problem))
                <h2>An example</h2>
                <pre>\(Page.escaped(problem.example.indentedJSON))</pre>
                </main>
                """
        )
    }

    /// The explanation as one JSON object: `type`, `title`, `status`, `cause`, `remedy`, `members`, `retry_after`, which
    /// is a number of seconds, `"computed"` or null, and an `example`.
    public static func json(_ problem: ProblemType) -> String {
        let tree: Tree = [
            "type": .string(problem.type.description), "title": .string(problem.title.description),
            "status": .integer(Int64(problem.status)), "cause": .string(problem.cause.description),
            "remedy": .string(problem.remedy.description),
            "members": .array(problem.ownMembers.map { .string($0.name) }),
            "retry_after": problem.retryAfter.tree, "example": problem.example,
        ]
        return tree.json + "\n"
    }

    private static func members(_ problem: ProblemType) -> String {
        let common = [
            ("type", "What kind of problem it is: this page's address."), ("title", "The kind in words."),
            ("status", "The status of the answer."), ("detail", "What was wrong with the one request, in a sentence."),
            ("request_id", "The `Request-Id` of the answer, to be named in a report."),
        ]
        let own = problem.ownMembers.map { ($0.name, $0.text + ($0.isRequired ? "" : " Not in every case.")) }
        let rows = (common + own).map { "<tr><td><code>\($0.0)</code></td><td>\(Page.marked($0.1))</td></tr>" }
        return "<table>\n\(rows.joined(separator: "\n"))\n</table>"
    }
}

extension ProblemType.RetryAfter {
    fileprivate var sentence: String {
        switch self {
        case .absent: "The answer carries no <code>Retry-After</code>."
        case .seconds(let seconds): "The answer carries <code>Retry-After: \(seconds)</code>, in seconds."
        case .computed: "The answer carries <code>Retry-After</code>: the seconds until then."
        }
    }

    fileprivate var tree: Tree {
        switch self {
        case .absent: .null
        case .seconds(let seconds): .integer(Int64(seconds))
        case .computed: "computed"
        }
    }
}
