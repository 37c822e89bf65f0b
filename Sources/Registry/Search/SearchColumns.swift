package import Storage

/// Where the subjects of a search stand in the tables.
package struct SearchColumns: Sendable {
    /// A property: an expression over the columns of what is searched.
    package struct Property: Sendable {
        package let expression: SQLStatement
        /// Never NULL: an index on it can serve the order.
        package let isRequired: Bool
        /// A text that MLflow stores as the empty one where we store none.
        package let countsAbsentAsEmpty: Bool

        package init(_ expression: SQLStatement, isRequired: Bool = true, countsAbsentAsEmpty: Bool = false) {
            self.expression = expression
            self.isRequired = isRequired
            self.countsAbsentAsEmpty = countsAbsentAsEmpty
        }
    }

    /// A list of entries with keys, such as tags, in a table of its own.
    package struct Entries: Sendable {
        /// The table, with `e` as its name in the expressions below: `version_tag e`.
        package let table: SQLStatement
        /// How an entry is tied to what is searched: `e.model = v.model AND e.version = v.number`.
        package let owner: SQLStatement
        /// Nil where the subject has no key.
        package let key: SQLStatement?
        package let value: SQLStatement
        /// Of numbers: true where the value stands for NaN.
        package let isNaN: SQLStatement?
        /// Which entry counts where a key has several: `ORDER BY e.timestamp DESC`.
        package let newestFirst: SQLStatement?
        /// The columns of the dataset that a metric was measured on.
        package let dataset: (name: SQLStatement, digest: SQLStatement)?

        package init(
            table: SQLStatement, owner: SQLStatement, key: SQLStatement?, value: SQLStatement = "e.value",
            isNaN: SQLStatement? = nil, newestFirst: SQLStatement? = nil,
            dataset: (name: SQLStatement, digest: SQLStatement)? = nil
        ) {
            self.table = table
            self.owner = owner
            self.key = key
            self.value = value
            self.isNaN = isNaN
            self.newestFirst = newestFirst
            self.dataset = dataset
        }
    }

    /// By their first names; those to filter by and those to sort by.
    package let properties: [String: Property]
    package let tags: Entries?
    package let params: Entries?
    package let metrics: Entries?
    /// `name`, `digest` and `context`, each on its own.
    package let datasets: [String: Entries]

    package init(
        properties: [String: Property], tags: Entries? = nil, params: Entries? = nil, metrics: Entries? = nil,
        datasets: [String: Entries] = [:]
    ) {
        self.properties = properties
        self.tags = tags
        self.params = params
        self.metrics = metrics
        self.datasets = datasets
    }
}

/// What is searched, as SQL.
package struct SearchSource: Sendable {
    /// The columns that are read: `v.*`.
    package let select: SQLStatement
    package let from: SQLStatement
    /// What holds whatever the filter says.
    package let scope: SQLStatement
    package let columns: SearchColumns

    package init(select: SQLStatement, from: SQLStatement, scope: SQLStatement, columns: SearchColumns) {
        self.select = select
        self.from = from
        self.scope = scope
        self.columns = columns
    }
}
