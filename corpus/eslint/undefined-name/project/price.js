exports.withVat = (net) => net * (1 + rate);
