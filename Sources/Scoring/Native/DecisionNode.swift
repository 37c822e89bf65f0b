/// One node of a decision tree as a reader hands it over; children are indices into the tree's list of nodes.
enum DecisionNode<Scalar: TreeScalar>: Sendable {
    /// `number` is what the library calls the leaf.
    case leaf(number: Int, Leaf)
    case split(Split)

    enum Leaf: Sendable {
        case value(Scalar)
        /// A number for every output of the model (XGBoost's `multi_output_tree`).
        case vector([Scalar])
        /// `constant` + Σ coefficient · feature, or `fallback` when a value of these features is missing.
        case linear(constant: Scalar, terms: [Term], fallback: Scalar)
    }

    struct Term: Sendable {
        let feature: Int
        let coefficient: Scalar
    }

    struct Split: Sendable {
        let feature: Int
        let test: Test
        let left: Int
        let right: Int
    }

    enum Test: Sendable {
        /// A row goes left when its value is at most the threshold.
        case atMost(Scalar, missing: MissingRule)
        /// A row goes right when its category is in the set: bit c % 32 of word c / 32 stands for category c.
        case inSet(ArraySlice<UInt32>, CategoryRule)
    }

    /// What is missing, and where a row without a value goes.
    enum MissingRule: Sendable {
        case notANumber(goesLeft: Bool)
        /// Nothing is missing: NaN counts as zero.
        case notANumberIsZero
        /// LightGBM's `zero_as_missing`: NaN and every value within 1e-35 of zero.
        case notANumberOrZero(goesLeft: Bool)
    }

    /// How a number becomes a category.
    enum CategoryRule: Sendable {
        /// XGBoost: below zero and from 2²⁴ on is no category, which goes left; only NaN is missing.
        case upTo24Bits(missingGoesLeft: Bool)
        /// LightGBM: cut off at the point; NaN and what then is below zero is no category.
        case cutOff
    }
}
