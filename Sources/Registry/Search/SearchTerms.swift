/// What a comparison or an order is about: a property of the thing itself, or an entry of one of its lists.
package enum SearchSubject: Sendable, Hashable {
    /// By its first name where it has several.
    case attribute(String)
    case metric(String)
    case param(String)
    case tag(String)
    /// `name`, `digest` or `context` of a dataset that a run used.
    case dataset(String)
}

package enum SearchComparator: String, Sendable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
    case like = "LIKE"
    /// `LIKE` that does not mind the letter case.
    case likeAnyCase = "ILIKE"
    case oneOf = "IN"
    case noneOf = "NOT IN"
    case isAbsent = "IS NULL"
    case isPresent = "IS NOT NULL"
}

/// The right side of a comparison.
package enum SearchOperand: Sendable, Hashable {
    case nothing
    case text(String)
    case integer(Int64)
    case number(Double)
    case texts([String])
    case integers([Int64])
}

/// One condition of a filter; all of them must hold.
package struct SearchComparison: Sendable, Hashable {
    package let subject: SearchSubject
    package let comparator: SearchComparator
    package let operand: SearchOperand

    package init(_ subject: SearchSubject, _ comparator: SearchComparator, _ operand: SearchOperand = .nothing) {
        self.subject = subject
        self.comparator = comparator
        self.operand = operand
    }
}

/// One key of an order. What is absent comes last in both directions, NaN just before it.
package struct SearchOrder: Sendable, Hashable {
    package let subject: SearchSubject
    package let ascending: Bool
    /// Of a metric of a logged model: only what was measured on this dataset.
    package let dataset: SearchDataset?

    package init(_ subject: SearchSubject, ascending: Bool, dataset: SearchDataset? = nil) {
        self.subject = subject
        self.ascending = ascending
        self.dataset = dataset
    }
}

/// A dataset that metrics were measured on; without a digest, any version of it.
package struct SearchDataset: Sendable, Hashable {
    package let name: String
    package let digest: String?

    package init(name: String, digest: String?) {
        self.name = name
        self.digest = digest
    }
}
