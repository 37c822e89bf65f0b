import GatehouseCore

/// What the model's file says about the categories behind the codes of its categorical features.
struct ModelCategories: Sendable {
    enum Unknown: Sendable {
        /// LightGBM: a category that training has not seen is a missing value.
        case isMissing
        /// XGBoost: what it makes of such a category is not defined.
        case isRefused
    }

    enum Names: Sendable {
        case none
        case byFeature([Int: CategoryCodes])
        /// LightGBM's `pandas_categorical` where the file does not say which features the lists belong to: those that hold
        /// text, in order.
        case inOrder([CategoryCodes])
    }

    let names: Names
    let unknown: Unknown

    static let none = ModelCategories(names: .none, unknown: .isMissing)
}

/// The categories of one feature in the order of their codes.
struct CategoryCodes: Sendable {
    let values: [JSONValue]
    private var byText: [String: Int] = [:]
    private var byNumber: [Double: Int] = [:]

    /// Fails with `invalidArgument` when a category is neither text, number nor flag, or stands twice.
    init(_ values: [JSONValue]) throws(GatehouseError) {
        self.values = values
        for (code, value) in values.enumerated() {
            let known: Int?
            switch value {
            case .string(let text):
                known = byText.updateValue(code, forKey: text)
                // Cells that look like numbers arrive as numbers; of several spellings the first one wins.
                if let number = Double(text), byNumber[number] == nil { byNumber[number] = code }
            case .number(let number): known = byNumber.updateValue(code, forKey: number)
            case .integer(let number): known = byNumber.updateValue(code, forKey: Double(number))
            case .bool(let flag):
                // The data reader makes 1 and 0 of true and false.
                known = byNumber.updateValue(code, forKey: flag ? 1 : 0)
                byText[flag ? "true" : "false"] = code
                byText[flag ? "True" : "False"] = code
            case .null, .array, .object: throw ModelLimits.damaged("a category is neither text nor number")
            }
            guard known == nil else { throw ModelLimits.damaged("the category \(value.canonicalText) stands twice") }
        }
    }

    func code(of text: String) -> Int? { byText[text] ?? Double(text).flatMap { byNumber[$0] } }

    func code(of number: Double) -> Int? { byNumber[number] }

    /// Whether cells should be read as text, even where they look like numbers.
    var areTexts: Bool { values.contains { $0.stringValue != nil } }
}
