echo built > app.txt
