/// The way from an entry of a log to its signed root, as somebody walked it: which hashes were computed, and which were given.
package struct ProofPath: Sendable, Equatable {
    package struct Step: Sendable, Equatable {
        /// Of the neighbour, whose hash the proof gives.
        package let given: String
        package let isGivenOnLeft: Bool
        /// Of the node above both.
        package let computed: String
        /// What the node above stands for: `entries 9–12`.
        package let covers: String

        package init(given: String, isGivenOnLeft: Bool, computed: String, covers: String) {
            self.given = given
            self.isGivenOnLeft = isGivenOnLeft
            self.computed = computed
            self.covers = covers
        }
    }

    package let caption: String
    /// `entry 12`
    package let leaf: String
    /// The hash of the entry's bytes.
    package let leafHash: String
    /// From the leaf up.
    package let steps: [Step]
    package let signedRoot: String

    package init(_ caption: String, leaf: String, leafHash: String, steps: [Step], signedRoot: String) {
        self.caption = caption
        self.leaf = leaf
        self.leafHash = leafHash
        self.steps = steps
        self.signedRoot = signedRoot
    }

    package var isProof: Bool { (steps.last?.computed ?? leafHash) == signedRoot }

    /// `id` is the page's own and begins the ids inside the drawing.
    package func markup(id: String) -> Markup {
        Report.Block.figure(caption, ProofDrawing(self, id: id).markup, tables: [table])
    }

    /// The same hashes whole.
    private var table: DataTable {
        var rows = [[Phrase(leaf), Phrase(""), Phrase(""), Phrase(leafHash)]]
        rows += steps.map { step in
            [Phrase(step.covers), Phrase(step.isGivenOnLeft ? "left" : "right"), Phrase(step.given), Phrase(step.computed)]
        }
        rows.append([Phrase("signed root"), Phrase(""), Phrase(signedRoot), Phrase(isProof ? "the same" : "another", tone)])
        return DataTable(
            [.init("stands for", .left), .init("given on the", .left), .init("given", .left), .init("computed", .left)],
            rows: rows, caption: "Hashes, from the entry up")
    }

    fileprivate var tone: Tone { isProof ? .good : .bad }
}

/// A ladder: the leaf below, the root above, at each rung what was computed (filled) and what was given (hollow).
private struct ProofDrawing {
    private static let rung = 50.0
    private static let top = 34.0
    private static let centre = 300.0
    private static let reach = 120.0
    private static let gap = 14.0
    private static let digits = 10

    private let path: ProofPath
    private let id: String

    init(_ path: ProofPath, id: String) {
        self.path = path
        self.id = id
    }

    var markup: Markup {
        Drawing.svg(id: id, title: path.caption, description: description, height: place(0) + 34) {
            for (level, step) in path.steps.enumerated() { edges(level, step) }
            for (level, step) in path.steps.enumerated() { given(level, step) }
            node(0, path.leafHash, words: path.leaf, tone: .neutral)
            for (index, step) in path.steps.enumerated() {
                let isRoot = index == path.steps.count - 1
                node(
                    index + 1, step.computed, words: isRoot ? "root over \(step.covers)" : step.covers,
                    tone: isRoot ? path.tone : .neutral)
            }
        }
    }

    private var description: String {
        let way = "From \(path.leaf) \(path.steps.count) given hashes lead to a root."
        return way + (path.isProof ? " It is the signed one." : " It is not the signed one, which is \(path.signedRoot).")
    }

    /// Of a rung counted from the leaf.
    private func place(_ level: Int) -> Double { Self.top + Self.rung * Double(path.steps.count - level) }

    private func side(_ step: ProofPath.Step) -> Double { step.isGivenOnLeft ? -1 : 1 }

    @MarkupBuilder
    private func edges(_ level: Int, _ step: ProofPath.Step) -> Markup {
        let above = place(level + 1)
        Drawing.line(Self.centre, above, Self.centre, place(level), "axis")
        Drawing.line(Self.centre, above, Self.centre + side(step) * Self.reach, place(level), "axis")
    }

    @MarkupBuilder
    private func given(_ level: Int, _ step: ProofPath.Step) -> Markup {
        let (x, y) = (Self.centre + side(step) * Self.reach, place(level))
        Tag.circle(Attribute("cx", x), Attribute("cy", y), Attribute("r", 4.5), .class("dot colour-1"))
        Drawing.text(short(step.given), x + side(step) * Self.gap, y + 4.5, step.isGivenOnLeft ? "end soft" : "soft")
    }

    /// Its words stand on the side where no neighbour is.
    @MarkupBuilder
    private func node(_ level: Int, _ hash: String, words: String, tone: Tone) -> Markup {
        let y = place(level)
        let isOnRight = level < path.steps.count ? path.steps[level].isGivenOnLeft : true
        Drawing.mark(tone, Self.centre, y)
        Drawing.text(
            short(hash), Self.centre + (isOnRight ? Self.gap : -Self.gap), y + (level == 0 ? 4.5 : 1), isOnRight ? "" : "end")
        Drawing.text(words, Drawing.width - 8, y + 4.5, "end small")
    }

    private func short(_ hash: String) -> String { hash.count > Self.digits ? hash.prefix(Self.digits) + "…" : hash }
}
