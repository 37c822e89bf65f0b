/// What requests in production carried: which names, and in which types.
package struct ObservedInputs: Sendable, Equatable {
    /// `live traffic of v7 over 7 days (12000 requests)`, for sentences.
    package let source: String
    package let requests: Int
    package let fields: [ObservedInput]
    /// Sightings of names that are not among `fields`: there were too many, or too long ones.
    package let unnamed: Int

    package init(source: String, requests: Int, fields: [ObservedInput], unnamed: Int) {
        self.source = source
        self.requests = requests
        self.fields = fields
        self.unnamed = unnamed
    }
}

/// How often a feature came in which type.
package struct ObservedInput: Sendable, Equatable {
    package let name: String
    package let integer: Int
    package let number: Int
    package let boolean: Int
    package let text: Int
    package let null: Int
    /// Lists and objects.
    package let nested: Int

    package init(
        name: String, integer: Int = 0, number: Int = 0, boolean: Int = 0, text: Int = 0, null: Int = 0, nested: Int = 0
    ) {
        self.name = name
        self.integer = integer
        self.number = number
        self.boolean = boolean
        self.text = text
        self.null = null
        self.nested = nested
    }

    package var total: Int { integer + number + boolean + text + null + nested }
}
