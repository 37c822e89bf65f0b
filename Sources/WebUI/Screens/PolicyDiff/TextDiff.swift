/// Two texts line by line, what changed with a little of what stands around it.
struct TextDiff: Sendable, Equatable {
    struct Line: Sendable, Equatable {
        enum Kind: Sendable, Equatable { case same, removed, added, gap }

        let kind: Kind
        let text: String
    }

    static let linesMax = 4000
    static let shownMax = 300
    private static let context = 3

    let lines: [Line]
    /// Lines that are not shown because there are too many.
    let left: Int

    /// Nil where a text has more than `linesMax` lines.
    init?(from old: String, to new: String) {
        let (before, after) = (Self.split(old), Self.split(new))
        guard before.count <= Self.linesMax, after.count <= Self.linesMax else { return nil }
        let all = Self.all(before, after)
        let shown = Self.near(all)
        lines = Array(shown.prefix(Self.shownMax))
        left = max(0, shown.count - Self.shownMax)
    }

    /// A line feed at the end ends the last line and begins none.
    private static func split(_ text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return lines.last == "" ? Array(lines.dropLast()) : lines
    }

    private static func all(_ before: [String], _ after: [String]) -> [Line] {
        var removed = Set<Int>()
        var added = Set<Int>()
        for change in after.difference(from: before) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var lines: [Line] = []
        var (old, new) = (0, 0)
        while old < before.count || new < after.count {
            if old < before.count, removed.contains(old) {
                lines.append(Line(kind: .removed, text: before[old]))
                old += 1
            } else if new < after.count, added.contains(new) {
                lines.append(Line(kind: .added, text: after[new]))
                new += 1
            } else {
                lines.append(Line(kind: .same, text: after[new]))
                (old, new) = (old + 1, new + 1)
            }
        }
        return lines
    }

    private static func near(_ lines: [Line]) -> [Line] {
        var isNear = Array(repeating: false, count: lines.count)
        for (index, line) in lines.enumerated() where line.kind != .same {
            for near in max(0, index - context)...min(lines.count - 1, index + context) { isNear[near] = true }
        }
        var shown: [Line] = []
        for (index, line) in lines.enumerated() {
            if isNear[index] {
                shown.append(line)
            } else if index == 0 || isNear[index - 1] {
                shown.append(Line(kind: .gap, text: "…"))
            }
        }
        return shown
    }
}
