module example.com/notify

go 1.20

require example.com/notify/mail v0.0.0

replace example.com/notify/mail => ./mail
