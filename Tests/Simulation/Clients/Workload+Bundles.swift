/// Several SKUs in one go, and what a wallet pays for.
extension Workload {
    /// A purchase that a wallet pays for, or a cart that is paid or not.
    func bundle(_ sku: Int) -> Operation {
        if !histories[sku].isListed && chance.percent(60) { return put(sku) }
        var skus = [sku]
        if chance.percent(65) {
            for other in histories.indices where other != sku && chance.percent(40) { skus.append(other) }
        }
        let lines = skus.map { BundleLine(sku: $0, quantity: Int64(chance.percent(70) ? 1 : chance.within(1...5))) }
        let payer = chance.percent(70) ? chance.below(wallets.count) : nil
        if lines.count == 1, let payer, chance.percent(70) {
            return chance.percent(40) ? item(sku, payer) : purchase(lines[0], payer)
        }
        return cart(lines, payer)
    }

    private func purchase(_ line: BundleLine, _ payer: Int) -> Operation {
        let made = add(
            .bundle([line], payer: payer),
            line.sku,
            "POST /v1/skus/s\(line.sku)/purchases",
            key: operations.count,
            body: "{\"buyer\":\"w\(payer)\",\"quantity\":\(line.quantity),\"payment\":\"wallet\"}"
        )
        return know(made, scope: 1, of: "s\(line.sku)")
    }

    /// Without a key its record does not say who asked for it: any purchase of the same item from the same wallet may be
    /// meant.
    private func item(_ sku: Int, _ payer: Int) -> Operation {
        let made = add(
            .item(payer: payer),
            sku,
            chance.percent(50) ? "POST /api/purchase/" : "POST /api/purchase",
            key: key(inHundred: 60),
            body: "{\"user_id\":\"w\(payer)\",\"item_id\":\"s\(sku)\"}"
        )
        if !made.isKeyed { wallets[payer].unkeyed.append(made) }
        return know(made, scope: 14, of: "")
    }

    /// Its record says who asked for it by the key, or by a buyer who comes once.
    private func cart(_ lines: [BundleLine], _ payer: Int?) -> Operation {
        let isNamed = payer == nil && chance.percent(60)
        let buyer = payer.map { Buyer(letter: "w", number: $0) } ?? buyer(isNamed: isNamed)
        var items: Text = ""
        for (index, line) in lines.enumerated() {
            if index > 0 { items += "," }
            items += "{\"sku\":\"s\(line.sku)\",\"quantity\":\(line.quantity)}"
        }
        let payment: Text = payer == nil ? "" : ",\"payment\":\"wallet\""
        let made = add(
            .bundle(lines, payer: payer),
            lines[0].sku,
            "POST /v1/carts",
            key: key(inHundred: isNamed ? 60 : 100),
            body: "{\"buyer\":\"\(buyer)\",\"lines\":[\(items)]\(payment)}"
        )
        return know(made, scope: 13, of: "")
    }
}
