"""Short film reviews for text augmentation, and groups of words that can replace each other in them.

They were written for this course. REVIEWS: (sentence, 1 for praise, 0 for blame). SYNONYMS: word -> the other words of
its group; every word of a group leads to the rest of it.
"""

REVIEWS = [
    ("a wonderful film with a touching story", 1),
    ("the acting is superb and the music is lovely", 1),
    ("i enjoyed every minute of this clever movie", 1),
    ("a funny and charming picture for the whole family", 1),
    ("gripping from the first scene to the last", 1),
    ("the director tells a moving tale with great skill", 1),
    ("what a delightful surprise this comedy is", 1),
    ("the cast is excellent and the plot is smart", 1),
    ("beautiful images and a brilliant ending", 1),
    ("i loved the humour and the warm characters", 1),
    ("an exciting thriller that keeps you awake", 1),
    ("a great script brought to life by splendid actors", 1),
    ("one of the finest movies of the year", 1),
    ("thrilling and witty with a marvellous cast", 1),
    ("the story is captivating and the end is perfect", 1),
    ("a pleasant evening with an amusing film", 1),
    ("terrific performances and an intelligent plot", 1),
    ("heartwarming and hilarious from start to finish", 1),
    ("i adored this gorgeous picture", 1),
    ("a masterful and touching drama", 1),
    ("an outstanding movie with an enchanting heroine", 1),
    ("the dialogue is sharp and the jokes are funny", 1),
    ("stunning pictures and a superb score", 1),
    ("clever and warm and never too long", 1),
    ("a dull film with a silly story", 0),
    ("the acting is awful and the music is irritating", 0),
    ("i regretted every minute of this boring movie", 0),
    ("a noisy and stupid picture without a plot", 0),
    ("tedious from the first scene to the last", 0),
    ("the director tells a tired tale with no skill", 0),
    ("what a bitter disappointment this comedy is", 0),
    ("the cast is terrible and the plot is weak", 0),
    ("ugly images and a ridiculous ending", 0),
    ("i hated the jokes and the flat characters", 0),
    ("a slow thriller that puts you to sleep", 0),
    ("a poor script made worse by dreadful actors", 0),
    ("one of the worst movies of the year", 0),
    ("predictable and lame with a wooden cast", 0),
    ("the story is foolish and the end is a mess", 0),
    ("a wasted evening with a tiresome film", 0),
    ("horrible performances and a confusing plot", 0),
    ("annoying and dreary from start to finish", 0),
    ("i detested this hideous picture", 0),
    ("a clumsy and pointless drama", 0),
    ("a lousy movie with an annoying heroine", 0),
    ("the dialogue is feeble and the jokes are stale", 0),
    ("unsightly pictures and an awful score", 0),
    ("silly and cold and far too long", 0),
]

_GROUPS = """
wonderful marvellous splendid superb excellent great terrific outstanding brilliant
touching moving heartwarming
lovely beautiful gorgeous stunning
enjoyed loved adored
clever smart witty intelligent sharp
funny amusing hilarious
charming delightful enchanting captivating pleasant
gripping thrilling exciting
film movie picture
films movies pictures
story tale plot
end ending
dull boring tedious tiresome dreary slow
silly stupid foolish ridiculous
awful terrible dreadful horrible lousy
irritating annoying
hated detested regretted
weak feeble lame flat poor
ugly hideous unsightly
tired stale predictable
"""

SYNONYMS = {
    word: [other for other in group.split() if other != word]
    for group in _GROUPS.strip().splitlines()
    for word in group.split()
}
