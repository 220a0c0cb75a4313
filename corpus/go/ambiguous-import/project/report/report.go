package report

const Name = "new"
