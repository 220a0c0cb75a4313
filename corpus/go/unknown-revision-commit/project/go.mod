module example.com/mailer

go 1.18

require example.com/greet v1.2.1-0.20240115101500-5c1d3b7f9a20
