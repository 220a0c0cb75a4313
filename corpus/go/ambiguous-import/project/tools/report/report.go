package report

const Name = "old"
