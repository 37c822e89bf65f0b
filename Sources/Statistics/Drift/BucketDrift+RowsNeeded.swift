extension BucketDrift {
    /// How many current rows it takes until chance alone keeps the index below `limit` in 95 of 100 comparisons. Nil where the
    /// reference itself is too small for any number of current rows.
    package func currentRowsNeeded(limit: Double) -> Int? {
        guard nullPSILimit > 0 else { return 1 }
        let quantile = nullPSILimit / (1 / Double(referenceCount) + 1 / Double(currentCount))
        let share = limit / quantile - 1 / Double(referenceCount)
        return share > 0 ? Int(exactly: (1 / share).rounded(.up)) : nil
    }
}
