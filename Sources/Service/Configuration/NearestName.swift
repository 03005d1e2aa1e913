/// Finds the name that somebody meant to type.
enum NearestName {
    /// The nearest of `names`, if it is near enough to be a typing mistake: a third of its letters, at least one.
    static func find(_ typed: String, among names: [String]) -> String? {
        let ranked = names.map { (name: $0, edits: edits(from: typed, to: $0)) }
        guard let best = ranked.min(by: { $0.edits < $1.edits }) else { return nil }
        return best.edits <= max(1, best.name.count / 3) ? best.name : nil
    }

    /// `; did you mean x?`, or nothing where no name is near.
    static func hint(_ typed: String, among names: [String]) -> String {
        find(typed, among: names).map { "; did you mean \($0)?" } ?? ""
    }

    /// The fewest insertions, deletions, replacements and swaps of neighbours that turn one into the other.
    ///
    /// Source: optimal string alignment. Cost: the product of the lengths, of which only the first 64 letters count.
    static func edits(from left: String, to right: String) -> Int {
        let left = Array(left.lowercased().prefix(64))
        let right = Array(right.lowercased().prefix(64))
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let isSame = left[row] == right[column]
                var least = min(last[column] + (isSame ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                current.append(least)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
